using System.Text;
using VzDump.Engine.Guests;
using VzDump.Engine.Host;

namespace VzDump.Engine.Hooks;

/// <summary>What a hook script learns about the run it is called in.</summary>
public sealed record HookRun(string? Storage, string? ArchiveFolder);

/// <summary>What a hook script learns about the task it is called in.</summary>
public sealed record HookTask(Guest Guest, BackupMode Mode, string? Target, string? LogPath);

/// <summary>A user's script that is called at each phase. Without a path it does nothing.</summary>
public sealed class HookScript(HostPrograms programs, string? path)
{
    /// <exception cref="ProblemException">The script is not there or may not be run.</exception>
    public void Check()
    {
        if (path is not null && (!File.Exists(path) || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) == UnixFileMode.None))
        {
            throw new ProblemException($"The hook script '{path}' does not exist or is not executable.");
        }
    }

    /// <summary>Calls the script; each line it prints goes to <paramref name="onLine"/>.</summary>
    /// <exception cref="ProblemException">It said no, by its exit code.</exception>
    public async Task RunAsync(HookPhase phase, HookRun run, HookTask? task, Action<string> onLine, CancellationToken cancellation)
    {
        if (path is null)
        {
            return;
        }

        // vzdump's order: PHASE, and within a task MODE and VMID. TARFILE is the older name of TARGET.
        IReadOnlyList<string> arguments = task is null ? [phase.VzdumpName] : [phase.VzdumpName, task.Mode.VzdumpName, task.Guest.Id.ToString()];
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["STOREID"] = run.Storage,
            ["DUMPDIR"] = run.ArchiveFolder,
            ["VMTYPE"] = task?.Guest.Kind.VzdumpName,
            ["HOSTNAME"] = task?.Guest.Name,
            ["TARGET"] = task?.Target,
            ["TARFILE"] = task?.Target,
            ["LOGFILE"] = task?.LogPath,
        };
        var command = new HostCommand(path, arguments)
        {
            Environment = environment.Where(variable => variable.Value is not null).ToDictionary(variable => variable.Key, variable => variable.Value!, StringComparer.Ordinal),
        };
        await using var program = programs.Start(command, onLine);
        program.Input.Close();
        using var output = new StreamReader(program.Output, Encoding.UTF8);
        while (await output.ReadLineAsync(cancellation) is { } line)
        {
            onLine(line);
        }

        var exit = await program.Exit.WaitAsync(cancellation);
        await program.ErrorLinesRead;
        if (!exit.Succeeded)
        {
            throw new ProblemException($"The hook script '{path}' failed at {phase.VzdumpName} ({exit}).");
        }
    }
}
