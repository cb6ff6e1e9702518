from apps.accounts.models.brand import Brand
from apps.accounts.models.identity_provider import ClaimRule, ExternalIdentity, IdentityProvider
from apps.accounts.models.look import Look
from apps.accounts.models.role import Role
from apps.accounts.models.second_factor import RecoveryCode, TotpFactor
from apps.accounts.models.security_key import SecurityKey
from apps.accounts.models.session import StaffSession
from apps.accounts.models.skill import AgentSkill, Skill
from apps.accounts.models.team import Team
from apps.accounts.models.token import ApiToken
from apps.accounts.models.user import User
from apps.accounts.models.vendor import Vendor

__all__ = [
    "AgentSkill",
    "ApiToken",
    "Brand",
    "ClaimRule",
    "ExternalIdentity",
    "IdentityProvider",
    "Look",
    "RecoveryCode",
    "Role",
    "SecurityKey",
    "Skill",
    "StaffSession",
    "Team",
    "TotpFactor",
    "User",
    "Vendor",
]
