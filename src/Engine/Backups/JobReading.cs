using VzDump.Engine.Guests;

namespace VzDump.Engine.Backups;

/// <summary>A job being read from a command line or a file, one option after the other. All that is wrong is collected.</summary>
internal sealed class JobReading
{
    private readonly List<OptionProblem> _problems = [];
    private readonly List<string> _warnings = [];
    private readonly List<GuestId> _guests = [];
    private readonly List<GuestId> _except = [];
    private BackupSettings _settings = new();
    private bool _namesGuests;
    private bool _excludes;
    private bool? _all;
    private string? _pool;

    /// <summary>Sentences about what is read but should no longer be written.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>False when vzdump has no option of that name.</summary>
    public bool Take(string name, string text)
    {
        if (VzdumpOptions.Find(name) is not { Scope: not OptionScope.Job } option)
        {
            return false;
        }

        if (option.Deprecated is { } warning)
        {
            _warnings.Add(warning);
        }

        switch (name)
        {
            case "vmid":
                _namesGuests = true;
                TakeGuests(option, text, _guests);
                break;
            case "exclude":
                _excludes = true;
                TakeGuests(option, text, _except);
                break;
            case "all" when OptionText.Flag(text) is { } flag:
                _all = flag;
                break;
            case "pool" when OptionText.IsPool(text):
                _pool = text;
                break;
            case var _ when option.Scope is OptionScope.Backup && option.With(_settings, text) is { } settings:
                _settings = settings;
                break;
            default:
                _problems.Add(option.Refuse(text));
                break;
        }

        return true;
    }

    public void Refuse(string field, string message) => _problems.Add(new OptionProblem(field, message));

    /// <summary>What was read, whatever is wrong with it.</summary>
    public (BackupJob Job, IReadOnlyList<OptionProblem> Problems) Finish()
    {
        foreach (var (field, isGiven) in ((string, bool)[])[("all", _all is true), ("exclude", _excludes), ("pool", _pool is not null)])
        {
            if (_namesGuests && isGiven)
            {
                Refuse(field, $"option '{field}' conflicts with option 'vmid': name the guests, or say how to choose them.");
            }
        }

        if (_all is true && _pool is not null)
        {
            Refuse("all", "option 'all' conflicts with option 'pool': choose one of them.");
        }

        var job = new BackupJob { Selection = Selection(), Settings = _settings };
        return (job, [.. _problems, .. job.Problems().Where(problem => !_problems.Exists(known => known.Field == problem.Field))]);
    }

    private GuestSelection Selection() => this switch
    {
        { _pool: { } pool } => new GuestSelection.Pool(pool, [.. _except.Distinct().Order()]),
        { _namesGuests: false } when _all ?? _excludes => new GuestSelection.All([.. _except.Distinct().Order()]),
        _ => new GuestSelection.Ids([.. _guests.Distinct().Order()]),
    };

    private void TakeGuests(BackupOption option, string text, List<GuestId> guests)
    {
        if (GuestIdList.TryParse(text, out var found, out var strange))
        {
            guests.AddRange(found);
        }
        else
        {
            Refuse(option.Name, $"strange VM ID '{strange}': VMIDs are numbers from {GuestId.Lowest} to {GuestId.Highest}.");
        }
    }
}
