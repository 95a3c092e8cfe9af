from pipeline.frames import *
