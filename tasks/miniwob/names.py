"""Names of the MiniWoB++ tasks, and which list each stands in.

Sources: the task table of BrowserGym 0.14 (125 tasks, 62 to train on and 63 to test on), and the
`miniwob` family of AndroidWorld (92 tasks). Facts, kept here so that nothing needs to be installed
to know them.
"""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TRAIN: tuple[str, ...] = _words(
    """
    book-flight book-flight-nodelay buy-ticket choose-date choose-date-easy
    choose-date-medium choose-date-nodelay circle-center click-checkboxes
    click-checkboxes-large click-checkboxes-soft click-checkboxes-transfer click-collapsible
    click-collapsible-2 click-collapsible-2-nodelay click-collapsible-nodelay click-dialog
    click-dialog-2 click-option click-shades click-test-2 click-test-transfer count-shape
    daily-calendar drag-box drag-items drag-shapes drag-shapes-2 drag-single-shape
    drag-sort-numbers draw-circle draw-line enter-date enter-password enter-text
    enter-text-2 enter-text-dynamic enter-time find-midpoint focus-text focus-text-2
    form-sequence identify-shape login-user login-user-popup multi-layouts multi-orderings
    navigate-tree odd-or-even read-table read-table-2 search-engine text-editor
    text-transform unicode-test use-autocomplete use-autocomplete-nodelay use-colorwheel
    use-colorwheel-2 use-slider use-slider-2 visual-addition
    """
)
"""BrowserGym's training split."""

TEST: tuple[str, ...] = _words(
    """
    ascending-numbers bisect-angle choose-list click-button click-button-sequence
    click-color click-link click-menu click-menu-2 click-pie click-pie-nodelay
    click-scroll-list click-shape click-tab click-tab-2 click-tab-2-easy click-tab-2-hard
    click-tab-2-medium click-test click-widget copy-paste copy-paste-2 count-sides
    drag-circle drag-cube drag-items-grid email-inbox email-inbox-delete email-inbox-forward
    email-inbox-forward-nl email-inbox-forward-nl-turk email-inbox-important
    email-inbox-nl-turk email-inbox-noscroll email-inbox-reply email-inbox-star-reply
    find-greatest find-word form-sequence-2 form-sequence-3 generate-number grid-coordinate
    guess-number highlight-text highlight-text-2 hot-cold number-checkboxes order-food
    phone-book resize-textarea right-angle scroll-text scroll-text-2 sign-agreement
    simple-algebra simple-arithmetic social-media social-media-all social-media-some
    stock-market terminal tic-tac-toe use-spinner
    """
)
"""BrowserGym's test split."""

TAUGHT: tuple[str, ...] = _words(
    """
    click-test click-test-2 click-test-transfer click-button click-button-sequence
    click-link click-dialog click-dialog-2 click-option click-checkboxes
    click-checkboxes-transfer click-collapsible click-collapsible-nodelay click-tab
    click-tab-2-easy click-widget click-color identify-shape focus-text focus-text-2
    enter-text enter-text-2 enter-text-dynamic enter-password enter-date login-user
    login-user-popup navigate-tree email-inbox-delete email-inbox-important
    email-inbox-noscroll generate-number search-engine use-autocomplete-nodelay
    """
)
"""What qvl-mini's recipe teaches: clicks and typing, at 448x336. Ten more were tried and given up:
arithmetic, orderings, dates and tables, of which a model of this size had learned nothing."""

TASKS: tuple[str, ...] = tuple(sorted((*TRAIN, *TEST)))
"""All 125 tasks, by name."""

_NOT_MOBILE = _words(
    """
    ascending-numbers book-flight-nodelay buy-ticket choose-date-nodelay
    click-collapsible-2-nodelay click-collapsible-nodelay click-menu click-pie-nodelay
    daily-calendar drag-circle drag-cube drag-items drag-items-grid drag-shapes
    drag-shapes-2 drag-single-shape drag-sort-numbers draw-circle draw-line find-greatest
    form-sequence form-sequence-2 form-sequence-3 generate-number hot-cold number-checkboxes
    odd-or-even order-food phone-book sign-agreement stock-market text-editor
    use-autocomplete-nodelay use-slider-2 use-spinner
    """
)
_MOBILE_ONLY = ("drag-item", "simon-says")

MOBILE: tuple[str, ...] = tuple(sorted({*TASKS, *_MOBILE_ONLY} - {*_NOT_MOBILE}))
"""The 92 tasks of MobileMiniWob++; `drag-item` has no page in the `miniwob` package."""
