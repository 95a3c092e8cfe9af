from pipeline.events import *
