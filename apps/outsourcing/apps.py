from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutsourcingConfig(AppConfig):
    name = "apps.outsourcing"
    verbose_name = _("Outsourcing")

    def ready(self) -> None:
        from apps.accounts.clearance import register_bars
        from apps.accounts.put_out import register_why_out
        from apps.accounts.room import register_room
        from apps.accounts.services.grants import register_keeper
        from apps.outsourcing import rules, sweeps  # noqa: F401 (they register themselves)
        from apps.outsourcing.selectors.clearance import WORDS, bars_of_people
        from apps.outsourcing.selectors.contracts import under_contract, words_for_vendors_people
        from apps.outsourcing.selectors.support import let_in_by_hours
        from apps.outsourcing.services import duties
        from apps.outsourcing.services.people import require_agreed_room
        from apps.tickets.services.duties import Duties, register_duties

        register_keeper(under_contract)
        register_keeper(let_in_by_hours)
        register_bars(bars_of_people, WORDS)
        register_duties(Duties(left=duties.left, note=duties.note))
        register_why_out(words_for_vendors_people)
        register_room(require_agreed_room)
