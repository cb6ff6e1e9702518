from apps.qa.models.response import SurveyResponse
from apps.qa.models.survey import Survey, SurveyReason

__all__ = ["Survey", "SurveyReason", "SurveyResponse"]
