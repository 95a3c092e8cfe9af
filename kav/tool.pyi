from pipeline.tool import *
