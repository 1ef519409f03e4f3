using VzDump.Engine;
using VzDump.Engine.Backups;
using VzDump.Engine.Storages;

namespace VzDump.Web.OptionForms;

/// <summary>Reads what stands around options while they are edited. What cannot be read is told, and keeps nobody from editing the rest.</summary>
public sealed class OptionReading(BackupDefaults defaults, StorageInventory storages)
{
    /// <param name="own">Whose word the form is, such as <c>this job</c>.</param>
    /// <param name="problems">Gets a sentence about each thing that cannot be read.</param>
    public async Task<OptionContext> ReadAsync(string own, List<string> problems, CancellationToken cancellation)
    {
        var listing = TryAsync(problems, () => storages.ListAsync(cancellation), []);
        var conf = await TryAsync(problems, () => defaults.ReadAsync(cancellation), new BackupSettings());
        return new OptionContext { Conf = conf, Storages = await listing, Own = own };
    }

    /// <summary>What is read, or else the other, with a sentence among the problems.</summary>
    public static async Task<T> TryAsync<T>(List<string> problems, Func<Task<T>> read, T otherwise)
    {
        try
        {
            return await read();
        }
        catch (ProblemException problem)
        {
            problems.Add(problem.Message);
            return otherwise;
        }
    }
}
