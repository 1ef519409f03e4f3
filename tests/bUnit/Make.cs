using VzDump.Engine.Archives;
using VzDump.Engine.Backups;
using VzDump.Engine.Guests;
using VzDump.Engine.Storages;
using VzDump.Jobs.History;
using VzDump.Jobs.Runs;
using VzDump.Jobs.Saved;
using VzDump.Web.Guests;
using LogLevel = VzDump.Engine.Backups.LogLevel;

namespace VzDump.Tests.bUnit;

/// <summary>Guests, archives and runs to show, each as small as it can be.</summary>
internal static class Make
{
    public static readonly DateTimeOffset Now = new(2026, 8, 22, 12, 0, 0, TimeSpan.Zero);

    public static GuestId Id(int id) => GuestId.Parse(id.ToString());

    public static Guest Guest(int id = 101, string name = "web", GuestKind kind = GuestKind.Lxc, bool sample = false) =>
        new() { Id = Id(id), Kind = kind, Name = name, ConfigPath = "/none", IsSample = sample };

    public static GuestRow Row(Guest guest, Archive? last = null, GuestWork? work = null, GuestStatus status = GuestStatus.Running, string? locked = null) =>
        new(new GuestState(guest, status, locked), last, work);

    public static Archive Archive(int id = 101, TimeSpan age = default, string storage = "local", GuestKind kind = GuestKind.Lxc, long size = 1 << 20, string notes = "", string? log = "/x.log", bool kept = false) => new()
    {
        Storage = storage,
        Path = $"/dump/vzdump-{kind.VzdumpName}-{id}-{Now - age:yyyy_MM_dd-HH_mm_ss}{kind.ArchiveExtension}.zst",
        Kind = kind,
        Guest = Id(id),
        Time = Now - age,
        Size = size,
        Notes = notes,
        LogPath = log,
        IsProtected = kept,
    };

    public static RunTask Task(int id = 101, RunTaskState state = RunTaskState.Running, BackupProgress? progress = null, string? error = null) =>
        new() { Guest = Id(id), Kind = GuestKind.Lxc, Name = "web", State = state, StartedAt = Now, Progress = progress, Error = error };

    public static Run Run(RunState state = RunState.Running, params IReadOnlyList<RunTask> tasks) => new()
    {
        Id = Guid.NewGuid(),
        Job = new BackupJob { Selection = new GuestSelection.Ids([Id(101)]) },
        StartedBy = "anna",
        CreatedAt = Now,
        StartedAt = state is RunState.Queued ? null : Now,
        FinishedAt = state.IsFinal ? Now.AddMinutes(3) : null,
        State = state,
        Tasks = tasks,
    };

    public static PastBackup Past(int id = 101, TimeSpan age = default, RunTaskState state = RunTaskState.Done, Guid? run = null, string? error = null) => new()
    {
        Guest = Id(id),
        Kind = GuestKind.Lxc,
        State = state,
        StartedAt = Now - age,
        FinishedAt = Now - age + TimeSpan.FromMinutes(2),
        ArchivePath = state is RunTaskState.Done ? $"/local/dump/{id}.tar.zst" : null,
        ArchiveSize = state is RunTaskState.Done ? 1 << 20 : null,
        Storage = "local",
        Run = run,
        Error = error,
    };

    public static SavedJob Job(string? schedule = "03:00", bool enabled = true, string name = "nightly", TimeSpan age = default, params IReadOnlyList<int> guests) => new()
    {
        Id = Guid.NewGuid(),
        Name = name,
        Enabled = enabled,
        Schedule = schedule,
        Definition = new BackupJob { Selection = new GuestSelection.Ids([.. guests.Select(Id)]) },
        Version = 1,
        CreatedAt = Now - age,
        CreatedBy = "anna",
        ChangedAt = Now - age,
        ChangedBy = "anna",
    };

    public static RunLogLine Line(long number, string text = "a line", LogLevel level = LogLevel.Info, int? guest = null) =>
        new(number, Now, level, guest is { } id ? Id(id) : null, text);

    public static StorageState Storage(string name = "local", string? problem = null) =>
        new(name, "dir", $"/{name}/dump", problem is null ? 5L << 30 : null, problem is null ? 9L << 30 : null, problem);
}
