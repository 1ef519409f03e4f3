// Whole backups by the engine in turn with the programs that do the same work. Only the ratios of one run mean something.
using VzDump.Bench;
using VzDump.Engine.Host;

if (BenchOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(BenchOptions.Usage);
    return args is ["--help"] ? 0 : 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stop.Cancel();
};

if (options.Only == JobStorages.Name)
{
    return JobStorages.Compare(options.Runs, stop.Token);
}

using var folder = new BenchFolder();
await using var engine = new BenchEngine(folder);
var programs = new HostPrograms();
try
{
    foreach (var measure in new Measures(folder, programs).All().Where(one => one.Name.Contains(options.Only, StringComparison.Ordinal)))
    {
        Console.WriteLine($"{measure.Name}: {await measure.Take(stop.Token)}");
    }

    var comparisons = new Comparisons(folder, engine, programs);
    if (!Comparisons.Names.Any(name => name.Contains(options.Only, StringComparison.Ordinal)))
    {
        return 0;
    }

    Console.WriteLine($"Making {options.Megabytes} MB of data; {Environment.ProcessorCount} cores, {options.Runs} runs of each side.");
    await BenchData.MakeAsync(folder, options.Bytes, stop.Token);
    var table = new Table(Console.Out);
    table.Begin();
    foreach (var comparison in comparisons.All().Concat(await comparisons.ReadingAsync(stop.Token)).Where(one => one.Name.Contains(options.Only, StringComparison.Ordinal)))
    {
        if (!Comparisons.Names.Contains(comparison.Name))
        {
            throw new InvalidOperationException($"{comparison.Name} is missing among the names, and would never be asked for by its own.");
        }

        if (comparison.Needs is { } program && programs.Find(program) is null)
        {
            table.Skip(comparison);
            continue;
        }

        // Not counted: a server has been compiled to its best long before most of its backups.
        await Sample.TakeAsync(comparison.Ours, folder, stop.Token);
        var runs = new List<(Sample, Sample)>();
        while (runs.Count < options.Runs)
        {
            runs.Add((await Sample.TakeAsync(comparison.Ours, folder, stop.Token), await Sample.TakeAsync(comparison.Theirs, folder, stop.Token)));
        }

        table.Add(comparison, runs);
    }

    return 0;
}
catch (OperationCanceledException)
{
    return 130;
}
