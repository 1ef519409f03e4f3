using System.Text;
using Microsoft.Extensions.Logging;
using VzDump.Engine.Backups;
using VzDump.Jobs.Logs;
using VzDump.Jobs.Runs;
using LogLevel = VzDump.Engine.Backups.LogLevel;

namespace VzDump.Jobs.Mail;

/// <summary>Adds to the log of a run that is over what became of its mail.</summary>
internal sealed class LateLines(RunLogFiles files, TimeProvider time, ILogger<LateLines> logger)
{
    public void Tell(Run run, LogLevel level, string text)
    {
        if (level is LogLevel.Info)
        {
            logger.MailTold(run.Id, text);
        }
        else
        {
            logger.MailWarned(run.Id, text);
        }

        try
        {
            var path = files.PathOf(run);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

            // After a crash the file may end within a line.
            var record = new StringBuilder(EndsWithinLine(file) ? "\n" : "");
            RunLogFormat.Append(record, new BackupEvent.Logged(null, time.GetLocalNow(), level, text));
            file.Seek(0, SeekOrigin.End);
            file.Write(Encoding.UTF8.GetBytes(record.ToString()));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            logger.LateLineLost(error, run.Id);
        }
    }

    private static bool EndsWithinLine(FileStream file)
    {
        if (file.Length == 0)
        {
            return false;
        }

        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() != '\n';
    }
}
