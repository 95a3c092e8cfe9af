from pipeline.testing import *
