from apps.outsourcing.models.contract import Contract, SlaTerm

__all__ = ["Contract", "SlaTerm"]
