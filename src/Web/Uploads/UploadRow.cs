using VzDump.Engine.Archives;
using VzDump.Web.Shell;

namespace VzDump.Web.Uploads;

/// <summary>One file on the page of uploads.</summary>
internal sealed class UploadRow(string name, long size)
{
    private long _first = -1;
    private long _done;
    private long _total;
    private string? _problem;
    private long _sendingSince;

    public string Name => name;

    public long Size => size;

    /// <summary>waiting, sending, checking, done, damaged or failed.</summary>
    public string State { get; private set; } = "queued";

    public bool IsWorking => State is "queued" or "waiting" or "sending" or "checking";

    public double Percent => 100.0 * _done / Math.Max(1, _total);

    /// <summary>Whose it is, as its name says; null when it says nothing.</summary>
    public string? Means => ArchiveName.TryParse(name) is { } means ? $"{(means.Kind is Engine.Guests.GuestKind.Lxc ? "container" : "virtual machine")} {means.Guest}" : null;

    public void Tell(string state, long done, long total, string? problem, TimeProvider time)
    {
        if (_first < 0 && state is "sending")
        {
            (_first, _sendingSince) = (done, time.GetTimestamp());
        }

        (State, _done, _total, _problem) = (state, done, total, problem);
    }

    public string Sentence(TimeProvider time) => State switch
    {
        "queued" => "waits for its turn",
        "sending" => $"{Words.Size(_done)} of {Words.Size(_total)}{Rate(time)}",
        "waiting" => "The connection broke; it goes on by itself.",
        "checking" => $"has come, and is checked: {Percent:0} %",
        "done" => "sound, and taken over",
        _ => _problem ?? "It was not taken over.",
    };

    // Of what came since it began or went on here.
    private string Rate(TimeProvider time)
    {
        var (came, took) = (_done - _first, time.GetElapsedTime(_sendingSince).TotalSeconds);
        if (came <= 0 || took < 0.5)
        {
            return "";
        }

        var left = TimeSpan.FromSeconds((_total - _done) / (came / took));
        return $", {Words.Size((long)(came / took))}/s, {Words.Span(left)} left";
    }
}
