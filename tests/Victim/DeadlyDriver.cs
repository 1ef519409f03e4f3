using VzDump.Engine.Guests;

namespace VzDump.Tests.Victim;

/// <summary>A real driver, at one step of which the program dies.</summary>
internal sealed class DeadlyDriver(IGuestDriver driver, DeadlyStep step) : IGuestDriver
{
    public GuestKind Kind => driver.Kind;

    public Task<GuestListing> ListAsync(CancellationToken cancellation) => driver.ListAsync(cancellation);

    public Task<GuestStatus> StatusAsync(Guest guest, CancellationToken cancellation) => driver.StatusAsync(guest, cancellation);

    public Task<string?> FindLockAsync(Guest guest, CancellationToken cancellation) => driver.FindLockAsync(guest, cancellation);

    public Task LockAsync(Guest guest, CancellationToken cancellation) => step.TakeAsync("lock", () => driver.LockAsync(guest, cancellation));

    public Task UnlockAsync(Guest guest, CancellationToken cancellation) => step.TakeAsync("unlock", () => driver.UnlockAsync(guest, cancellation));

    public Task StopAsync(Guest guest, TimeSpan wait, CancellationToken cancellation) => step.TakeAsync("stop", () => driver.StopAsync(guest, wait, cancellation));

    public Task StartAsync(Guest guest, CancellationToken cancellation) => step.TakeAsync("start", () => driver.StartAsync(guest, cancellation));

    public Task SuspendAsync(Guest guest, CancellationToken cancellation) => step.TakeAsync("suspend", () => driver.SuspendAsync(guest, cancellation));

    public Task ResumeAsync(Guest guest, CancellationToken cancellation) => step.TakeAsync("resume", () => driver.ResumeAsync(guest, cancellation));

    public Task UndoAsync(Guest? guest, IReadOnlyList<GuestTrace> traces, ITaskLog log, CancellationToken cancellation) =>
        step.TakeAsync("undo", () => driver.UndoAsync(guest, traces, log, cancellation));

    public async Task<Preparation> PrepareAsync(Guest guest, PreparationRequest request, CancellationToken cancellation) =>
        await step.TakeAsync("prepare", () => driver.PrepareAsync(guest, request, cancellation)) is Preparation.Ready ready
            ? new Preparation.Ready(new DeadlyPreparedGuest(ready.Guest, step))
            : await driver.PrepareAsync(guest, request, cancellation);
}

/// <summary>A prepared guest, at one step of which the program dies.</summary>
internal sealed class DeadlyPreparedGuest(IPreparedGuest prepared, DeadlyStep step) : IPreparedGuest
{
    public bool MustSuspendToCut => prepared.MustSuspendToCut;

    public bool GoesOnAfterCut => prepared.GoesOnAfterCut;

    public string? Mishap => prepared.Mishap;

    public Task CopyAsync(CancellationToken cancellation) => step.TakeAsync("copy", () => prepared.CopyAsync(cancellation));

    public Task CutAsync(CancellationToken cancellation) => step.TakeAsync("cut", () => prepared.CutAsync(cancellation));

    public Task<GuestContent> OpenContentAsync(CancellationToken cancellation) => step.TakeAsync("open", () => prepared.OpenContentAsync(cancellation));

    public async ValueTask DisposeAsync() => await step.TakeAsync("dispose", async () => await prepared.DisposeAsync());
}
