"""Everything that can be done with urgency, with a case and with consent: the one door to it."""

from kunak.casework.caring import close_case as close_case
from kunak.casework.caring import do_follow_up as do_follow_up
from kunak.casework.caring import note_need as note_need
from kunak.casework.caring import note_threat as note_threat
from kunak.casework.caring import reopen_case as reopen_case
from kunak.casework.caring import start_follow_up as start_follow_up
from kunak.casework.caring import threatened_within_a_year as threatened_within_a_year
from kunak.casework.caring import write_note as write_note
from kunak.casework.consenting import answer_recall as answer_recall
from kunak.casework.consenting import give_consent as give_consent
from kunak.casework.consenting import note_void_withdrawal as note_void_withdrawal
from kunak.casework.consenting import review_vital_interest as review_vital_interest
from kunak.casework.consenting import use_consent as use_consent
from kunak.casework.consenting import use_vital_interest as use_vital_interest
from kunak.casework.consenting import withdraw_consent as withdraw_consent
from kunak.casework.opening import assign_workers as assign_workers
from kunak.casework.opening import make_decision as make_decision
from kunak.casework.opening import open_case as open_case
from kunak.casework.opening import review as review
from kunak.casework.opening import take_first_step as take_first_step
from kunak.casework.urgency import confirm_lowering as confirm_lowering
from kunak.casework.urgency import lower_priority as lower_priority
from kunak.casework.urgency import propose_lowering as propose_lowering
from kunak.casework.urgency import raise_priority as raise_priority
from kunak.casework.urgency import record_triage as record_triage
