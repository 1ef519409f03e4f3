namespace VzDump.Engine.Hooks;

/// <summary>The moments at which vzdump calls a hook script.</summary>
public enum HookPhase
{
    JobInit,
    JobStart,
    JobEnd,
    JobAbort,
    BackupStart,
    PreStop,
    PreRestart,
    PostRestart,
    BackupEnd,
    BackupAbort,
    LogEnd,
}

public static class HookPhaseNames
{
    extension(HookPhase phase)
    {
        /// <summary>vzdump's word, the script's first argument.</summary>
        public string VzdumpName => phase switch
        {
            HookPhase.JobInit => "job-init",
            HookPhase.JobStart => "job-start",
            HookPhase.JobEnd => "job-end",
            HookPhase.JobAbort => "job-abort",
            HookPhase.BackupStart => "backup-start",
            HookPhase.PreStop => "pre-stop",
            HookPhase.PreRestart => "pre-restart",
            HookPhase.PostRestart => "post-restart",
            HookPhase.BackupEnd => "backup-end",
            HookPhase.BackupAbort => "backup-abort",
            _ => "log-end",
        };
    }
}
