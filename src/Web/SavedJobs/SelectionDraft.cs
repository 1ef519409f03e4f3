using VzDump.Engine.Guests;

namespace VzDump.Web.SavedJobs;

/// <summary>How a job chooses its guests.</summary>
public enum SelectionKind
{
    Chosen,
    All,
    Pool,
}

/// <summary>A selection while somebody edits it. Changing the kind loses nothing that was ticked under another.</summary>
public sealed class SelectionDraft
{
    private readonly SortedSet<GuestId> _chosen = [];
    private readonly SortedSet<GuestId> _except = [];

    public SelectionDraft(GuestSelection selection)
    {
        switch (selection)
        {
            case GuestSelection.Ids ids:
                _chosen.UnionWith(ids.Guests);
                break;
            case GuestSelection.All all:
                Kind = SelectionKind.All;
                _except.UnionWith(all.Except);
                break;
            case GuestSelection.Pool pool:
                (Kind, PoolName) = (SelectionKind.Pool, pool.Name);
                _except.UnionWith(pool.Except);
                break;
        }
    }

    public SelectionKind Kind { get; set; }

    public string PoolName { get; set; } = "";

    /// <summary>Guests that are named, to back them up or to leave them out.</summary>
    public IReadOnlyCollection<GuestId> Named => Kind is SelectionKind.Chosen ? _chosen : _except;

    public void Set(GuestId guest, bool isMeant)
    {
        var named = Kind is SelectionKind.Chosen ? _chosen : _except;
        if (isMeant == (Kind is SelectionKind.Chosen))
        {
            named.Add(guest);
        }
        else
        {
            named.Remove(guest);
        }
    }

    public GuestSelection ToSelection() => Kind switch
    {
        SelectionKind.All => new GuestSelection.All([.. _except]),
        SelectionKind.Pool => new GuestSelection.Pool(PoolName.Trim(), [.. _except]),
        _ => new GuestSelection.Ids([.. _chosen]),
    };
}
