using VzDump.Engine.Backups;
using VzDump.Engine.Guests;

namespace VzDump.Tests.Engine.Backups;

/// <summary>Equality of jobs; lists in records are equal only when they are the same list.</summary>
internal static class Same
{
    public static void Job(BackupJob expected, BackupJob actual)
    {
        Selection(expected.Selection, actual.Selection);
        Settings(expected.Settings, actual.Settings);
    }

    public static void Definition(JobDefinition expected, JobDefinition actual)
    {
        Job(expected.Job, actual.Job);
        Assert.Equal(expected with { Job = actual.Job }, actual);
    }

    public static void Settings(BackupSettings expected, BackupSettings actual)
    {
        Assert.Equal(expected.ExcludePaths, actual.ExcludePaths);
        Assert.Equal(expected.MailTo, actual.MailTo);
        Assert.Equal(expected with { ExcludePaths = null, MailTo = null }, actual with { ExcludePaths = null, MailTo = null });
    }

    private static void Selection(GuestSelection expected, GuestSelection actual)
    {
        Assert.Equal(expected.GetType(), actual.GetType());
        Assert.Equal(Parts(expected), Parts(actual));
    }

    private static (string?, string) Parts(GuestSelection selection) => selection switch
    {
        GuestSelection.Ids ids => (null, string.Join(',', ids.Guests)),
        GuestSelection.All all => (null, string.Join(',', all.Except)),
        GuestSelection.Pool pool => (pool.Name, string.Join(',', pool.Except)),
        _ => throw new InvalidOperationException(),
    };
}
