#pragma warning disable // Everything here is wrong on purpose: the rules must find it.
using System.Diagnostics;
using System.Runtime.InteropServices;
using Hangfire;

namespace VzDump.Tests.Architecture.Offenders
{
    internal class NotSealed;

    internal sealed class GuestHelper;

    internal sealed class HelperOfNobody;

    internal sealed class Stateful
    {
        public static readonly int Fixed = Environment.ProcessorCount;
        public static int Changing;

        public static int ChangingProperty { get; set; }
    }

    internal sealed class Careless
    {
        public async void Forget() => await Task.Yield();

        public Action Lambda() => async () => await Task.Yield();
    }

    internal sealed class Nameless
    {
        [AutomaticRetry(Attempts = 0)]
        public void Run()
        {
        }
    }

    internal sealed class UnmarkedRunner
    {
        public static void Queue(IBackgroundJobClient client) => client.Enqueue<UnmarkedRunner>(runner => runner.Run());

        public void Run()
        {
        }
    }
}

namespace VzDump.Tests.Architecture.Offenders.Low
{
    internal static class Starter
    {
        public static void Start() => Process.Start("true");

        [DllImport("libc", EntryPoint = "getpid")]
        public static extern int ProcessId();
    }

    internal sealed class InASignature
    {
        public void Take(List<High.Owner[]> owners)
        {
        }
    }

    internal sealed class InABody
    {
        public object Make() => new High.Owner();
    }

    internal sealed class InAnAsyncBody
    {
        public async Task MakeAsync()
        {
            await Task.Yield();
            _ = new High.Owner();
        }
    }
}

namespace VzDump.Tests.Architecture.Offenders.Beside
{
    internal sealed class UsesItsNeighbour
    {
        public Low.InABody? Neighbour { get; init; }
    }
}

namespace VzDump.Tests.Architecture.Offenders.High
{
    internal sealed class Owner
    {
        public Low.InABody? Fine { get; init; }
    }
}

namespace VzDump.Tests.Architecture.Offenders.Unheard
{
    internal sealed class Of;
}
