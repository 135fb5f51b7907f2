"""A CRM that writes wrongly does not pass the suite: each fault breaks a promise.

Each side differs from a sound one by one fault of a kind that real connectors have had; its docstring is the fault.
``breaks`` is the promise that must notice it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import pytest

from listloop.core.people import Consent, Key, Patch, Record
from listloop.core.side import Change, Communication, Group, Outcome
from listloop.testing.builders import CRM_SCHEMA, field, schema
from listloop.testing.memory import MemoryCrm
from listloop.testing.side import CrmTests, keeps


class Broken(MemoryCrm):
    """A CRM with a fault."""

    breaks = ""

    def answered(self, changes: Sequence[Change]) -> list[Outcome]:
        """What a sound side answers."""
        return list(super().write(changes))


# --- writing ---------------------------------------------------------------------------------------------------


class CutsSilently(Broken):
    """Keeps 50 characters, and its schema says 100."""

    breaks = "test_a_long_name_is_not_lost"

    def _edited(self, record: Record, patch: Patch) -> Record:
        return super()._edited(
            record, replace(patch, fields={name: value[:50] for name, value in patch.fields.items()})
        )


class SwapsAnswers(Broken):
    """Answers in another order, and gives each outcome the name of its neighbour."""

    breaks = "test_an_outcome_is_of_its_own_change"

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        refs = [one.ref for one in changes]
        for ref, outcome in zip(refs[::-1], self.answered(changes), strict=True):
            yield replace(outcome, ref=ref)


class Lies(Broken):
    """Says that an edit was stored, and stores nothing."""

    breaks = "test_the_outcome_is_what_is_stored"

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        for change in changes:
            old = self._records.get(change.key or "")
            if old is None:
                yield from self.answered([change])
            else:
                yield Outcome(change.ref, self._edited(old, change.patch))


class LosesLabels(Broken):
    """Forgets the labels of whoever is edited."""

    breaks = "test_the_rest_of_the_record_stays"

    def _edited(self, record: Record, patch: Patch) -> Record:
        kept = record.person.labels if patch.add | patch.remove else frozenset[str]()
        return super()._edited(replace(record, person=replace(record.person, labels=kept)), patch)


class WipesUnnamedFields(Broken):
    """Empties every field that a patch does not name."""

    breaks = "test_other_fields_stay"

    def _edited(self, record: Record, patch: Patch) -> Record:
        empty = dict.fromkeys(record.person.fields, "")
        return super()._edited(replace(record, person=replace(record.person, fields=empty)), patch)


class ForgetsAnOptOut(Broken):
    """Sets the consent back to unknown with every edit that does not name it."""

    breaks = "test_a_no_outlives_an_edit"

    def _edited(self, record: Record, patch: Patch) -> Record:
        return super()._edited(record, replace(patch, consent=patch.consent or Consent.UNKNOWN))


class NeverClears(Broken):
    """Takes an empty value for one that was not given."""

    breaks = "test_a_field_is_cleared"

    def _edited(self, record: Record, patch: Patch) -> Record:
        return super()._edited(record, replace(patch, fields={k: v for k, v in patch.fields.items() if v}))


class Raises(Broken):
    """Lets one bad record stop the call."""

    breaks = "test_the_others_go_on"

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        for outcome in super().write(changes):
            if outcome.error is not None:
                raise outcome.error
            yield outcome


class StopsAtTheFirstBad(Broken):
    """Leaves the changes behind a bad one undone, and says nothing of them."""

    breaks = "test_all_may_be_bad"

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        for outcome in super().write(changes):
            yield outcome
            if outcome.error is not None:
                return


class AnswersTwice(Broken):
    """Gives some outcomes twice."""

    breaks = "test_each_change_has_one_outcome"

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        for outcome in super().write(changes):
            yield outcome
            if outcome.ref == "ref1":
                yield outcome


class CommitsAndRefuses(Broken):
    """Stores the good part of a change and calls the whole refused."""

    breaks = "test_a_refused_change_changes_nothing"

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        for change, outcome in zip(changes, self.answered(changes), strict=True):
            if outcome.error is not None and change.key in self._records:
                good = {k: v for k, v in change.patch.fields.items() if self.fields.field(k)}
                self.answered([replace(change, patch=replace(change.patch, fields=good))])
            yield outcome


class WritesAtMost500(Broken):
    """Takes 500 changes of a call, the limit of an API, and forgets the rest."""

    breaks = "test_any_number_is_written"

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        yield from super().write(changes[:500])


class DropsUnknownFields(Broken):
    """Leaves out what it does not know, and says that all went well."""

    breaks = "test_an_unknown_field_is_refused"

    def _edited(self, record: Record, patch: Patch) -> Record:
        known = {name: value for name, value in patch.fields.items() if self.fields.field(name)}
        return super()._edited(record, replace(patch, fields=known))


class KeepsWhatIsReadOnly(Broken):
    """Leaves out a value for a field that can only be read, and says that all went well."""

    breaks = "test_what_is_only_read_is_refused"

    def _edited(self, record: Record, patch: Patch) -> Record:
        writable = {name: value for name, value in patch.fields.items() if name != "Number"}
        return super()._edited(record, replace(patch, fields=writable))


class CreatesTheUnknown(Broken):
    """Makes a new record where the one to be changed is gone."""

    breaks = "test_a_deleted_record_is_refused"

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        for one in changes:
            least = {"Last": "x", **one.patch.fields}
            change = one if one.key in self._records else Change(one.ref, None, replace(one.patch, fields=least))
            yield from self.answered([change])


class TouchesOnEveryWrite(Broken):
    """Gives a new time to a record that was written with what it had."""

    breaks = "test_the_same_write_again_is_no_change"

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        for outcome in super().write(changes):
            if outcome.record is not None:
                self._records[outcome.record.key] = replace(outcome.record, changed=self._time())
                yield Outcome(outcome.ref, self._records[outcome.record.key])
            else:
                yield outcome


class ForgetsTheIdOnCreate(Broken):
    """Creates without the Mailchimp ID, and leaves a person who is created again after a crash."""

    breaks = "test_an_id_comes_with_a_new_record"

    def _create(self, patch: Patch) -> Record:
        return super()._create(replace(patch, mailchimp_id=None))


class EscapesMarkup(Broken):
    """Escapes what it takes for markup."""

    breaks = "test_html_is_text"

    def _edited(self, record: Record, patch: Patch) -> Record:
        safe = {name: value.replace("<", "&lt;") for name, value in patch.fields.items()}
        return super()._edited(record, replace(patch, fields=safe))


class TakesZeroForEmpty(Broken):
    """Takes ``0`` for nothing."""

    breaks = "test_words_that_mean_nothing_are_values"

    def _edited(self, record: Record, patch: Patch) -> Record:
        full = {name: "" if value == "0" else value for name, value in patch.fields.items()}
        return super()._edited(record, replace(patch, fields=full))


class ChokesOnHalfACharacter(Broken):
    """Raises where a text has no encoding."""

    breaks = "test_what_is_no_text_is_refused"

    def _edited(self, record: Record, patch: Patch) -> Record:
        for value in patch.fields.values():
            value.encode()
        return super()._edited(record, patch)


# --- what a CRM adds -------------------------------------------------------------------------------------------


class AppendsIntoTheRecord(Broken):
    """Touches the person with every communication, also with a repeated one."""

    breaks = "test_a_communication_repeated_changes_nothing"

    def append(self, communications: Sequence[Communication]) -> Iterator[Outcome]:
        for outcome in super().append(communications):
            if outcome.record is not None:
                self._records[outcome.record.key] = replace(outcome.record, changed=self._time())
            yield outcome


class MergesGroups(Broken):
    """Puts the people of a new group into an old one of the same name."""

    breaks = "test_groups_of_one_name_are_two"

    def make_group(self, title: str, keys: Collection[Key]) -> Group:
        old = next((one for one in self.groups() if one.title == title), None)
        if old is None:
            return super().make_group(title, keys)
        for key in keys:
            self.edit(key, labels=self._records[key].person.labels | {old.key})
        return old


FULL = schema(*CRM_SCHEMA.fields, *CRM_SCHEMA.labels, replace(field("Number"), writable=False))
BROKEN = sorted(Broken.__subclasses__(), key=lambda one: one.__name__)


@pytest.mark.parametrize("kind", BROKEN, ids=lambda one: one.__name__)
def test_a_broken_side_is_caught(kind: type[Broken]) -> None:
    """Each fault breaks the promise that is about it."""
    assert not keeps(CrmTests, kind.breaks, kind(FULL, page_size=10))
