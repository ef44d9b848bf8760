"""The 116 tasks of AndroidWorld: names, complexities, and which of them are questions.

Source: the registry of google-research/android_world at commit d9c569f764b3. Facts, kept here so
that the tests need nothing of it; test_android_world_upstream.py compares them where it is there.
"""

from __future__ import annotations

_BY_COMPLEXITY: dict[float, str] = {
    1.0: """
    CameraTakePhoto CameraTakeVideo ClockStopWatchPausedVerify ClockStopWatchRunning
    ClockTimerEntry ExpenseDeleteSingle MarkorCreateFolder MarkorDeleteNewestNote
    MarkorDeleteNote NotesIsTodo NotesMeetingAttendeeCount NotesRecipeIngredientCount
    NotesTodoItemCount OpenAppTaskEval RecipeDeleteDuplicateRecipes RecipeDeleteSingleRecipe
    SimpleCalendarAnyEventsOnDate SimpleCalendarEventOnDateAtTime
    SimpleCalendarEventsInNextWeek SimpleCalendarEventsInTimeRange SimpleCalendarEventsOnDate
    SimpleCalendarFirstEventAfterStartTime SimpleCalendarLocationOfEvent
    SimpleCalendarNextEvent SimpleCalendarNextMeetingWithPerson
    SportsTrackerActivitiesCountForWeek SportsTrackerActivityDuration
    SportsTrackerLongestDistanceActivity SportsTrackerTotalDurationForCategoryThisWeek
    SystemBluetoothTurnOff SystemBluetoothTurnOffVerify SystemBluetoothTurnOn
    SystemBluetoothTurnOnVerify SystemBrightnessMax SystemBrightnessMaxVerify
    SystemBrightnessMin SystemBrightnessMinVerify SystemCopyToClipboard SystemWifiTurnOff
    SystemWifiTurnOffVerify SystemWifiTurnOn SystemWifiTurnOnVerify TasksCompletedTasksForDate
    TasksDueNextWeek TasksDueOnDate TasksHighPriorityTasks TasksHighPriorityTasksDueOnDate
    TasksIncompleteTasksOnDate
    """,
    1.2: """
    AudioRecorderRecordAudio ContactsAddContact ContactsNewContactDraft ExpenseAddSingle
    ExpenseDeleteDuplicates MarkorAddNoteHeader MarkorChangeNoteContent MarkorEditNote
    SimpleCalendarDeleteEventsOnRelativeDay SimpleCalendarDeleteOneEvent SimpleSmsReply
    SimpleSmsReplyMostRecent SimpleSmsResend SimpleSmsSend SimpleSmsSendClipboardContent
    """,
    1.3: "OsmAndFavorite",
    1.4: """
    MarkorCreateNoteFromClipboard MarkorDeleteAllNotes MarkorMoveNote
    SimpleCalendarDeleteEvents
    """,
    1.6: "MarkorCreateNote SaveCopyOfReceiptTaskEval",
    1.8: """
    ExpenseDeleteDuplicates2 MarkorCreateNoteAndSms MarkorTranscribeReceipt
    SimpleDrawProCreateDrawing SimpleSmsSendReceivedAddress
    """,
    2.0: """
    AudioRecorderRecordAudioWithFileName BrowserDraw BrowserMaze ExpenseDeleteMultiple
    FilesMoveFile MarkorTranscribeVideo OsmAndMarker RecipeDeleteSingleWithRecipeWithNoise
    SportsTrackerActivitiesOnDate SportsTrackerTotalDistanceForCategoryOverInterval
    TurnOffWifiAndTurnOnBluetooth TurnOnWifiAndOpenApp
    """,
    2.2: "BrowserMultiply FilesDeleteFile",
    2.4: """
    RecipeAddSingleRecipe RecipeDeleteDuplicateRecipes2 RecipeDeleteMultipleRecipes
    RetroCreatePlaylist
    """,
    2.8: "VlcCreatePlaylist",
    3.0: "RetroPlaylistDuration",
    3.2: "RetroPlayingQueue",
    3.4: """
    ExpenseDeleteMultiple2 RecipeDeleteDuplicateRecipes3 RecipeDeleteMultipleRecipesWithNoise
    SimpleCalendarAddOneEvent SimpleCalendarAddOneEventInTwoWeeks
    SimpleCalendarAddOneEventRelativeDay SimpleCalendarAddOneEventTomorrow
    SimpleCalendarAddRepeatingEvent
    """,
    4.0: "RecipeDeleteMultipleRecipesWithConstraint",
    4.8: "VlcCreateTwoPlaylists",
    5.0: "RetroSavePlaylist",
    6.0: """
    ExpenseAddMultiple ExpenseAddMultipleFromGallery ExpenseAddMultipleFromMarkor
    RecipeAddMultipleRecipes RecipeAddMultipleRecipesFromImage
    RecipeAddMultipleRecipesFromMarkor RecipeAddMultipleRecipesFromMarkor2
    """,
    7.8: "MarkorMergeNotes",
    12.0: "OsmAndTrack",
}  # fmt: skip
COMPLEXITY: dict[str, float] = {
    name: complexity for complexity, names in _BY_COMPLEXITY.items() for name in names.split()
}
"""By name; ten steps for each whole one."""

_QUESTIONS = """
    NotesIsTodo NotesMeetingAttendeeCount NotesRecipeIngredientCount NotesTodoItemCount
    SimpleCalendarAnyEventsOnDate SimpleCalendarEventOnDateAtTime
    SimpleCalendarEventsInNextWeek SimpleCalendarEventsInTimeRange SimpleCalendarEventsOnDate
    SimpleCalendarFirstEventAfterStartTime SimpleCalendarLocationOfEvent
    SimpleCalendarNextEvent SimpleCalendarNextMeetingWithPerson
    SportsTrackerActivitiesCountForWeek SportsTrackerActivitiesOnDate
    SportsTrackerActivityDuration SportsTrackerLongestDistanceActivity
    SportsTrackerTotalDistanceForCategoryOverInterval
    SportsTrackerTotalDurationForCategoryThisWeek TasksCompletedTasksForDate TasksDueNextWeek
    TasksDueOnDate TasksHighPriorityTasks TasksHighPriorityTasksDueOnDate
    TasksIncompleteTasksOnDate
    """
QUESTIONS: frozenset[str] = frozenset(_QUESTIONS.split())
"""Tasks whose check reads nothing but the answer."""
