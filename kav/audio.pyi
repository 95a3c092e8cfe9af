from pipeline.audio import *
