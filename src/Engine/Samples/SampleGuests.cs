namespace VzDump.Engine.Samples;

/// <summary>The two guests that an empty installation offers for trying it out.</summary>
public sealed class SampleGuests
{
    /// <summary>Makes them when the data folder is new and the host has no guest of its own. True when it made them.</summary>
    public Task<bool> MakeOnFirstStartAsync(CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>Removes both guests with their volumes; their archives stay.</summary>
    public Task RemoveAsync(CancellationToken cancellation) => throw new NotSupportedException();
}
