from pipeline.settings import *
