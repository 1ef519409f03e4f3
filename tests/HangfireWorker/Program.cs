// Works on a job storage: HangfireWorker serve FILE LOG WORKERS | enqueue FILE QUEUE MILLISECONDS COUNT | hold FILE RESOURCE | commit FILE
using System.Globalization;
using Hangfire;
using Hangfire.States;
using Hangfire.Storage.SQLite;
using VzDump.Tests.HangfireWorker;

using var storage = new SQLiteStorage(args[1]);
switch (args[0])
{
    // Works until it is killed, or its input ends.
    case "serve":
        using (new BackgroundJobServer(
            new BackgroundJobServerOptions { WorkerCount = Number(3), Queues = ["default"], Activator = new LogActivator(args[2]), ShutdownTimeout = TimeSpan.FromSeconds(5) },
            storage))
        {
            Console.WriteLine("ready");
            Console.ReadLine();
        }

        break;

    case "enqueue":
        var client = new BackgroundJobClient(storage);
        for (var count = 0; count < Number(4); count++)
        {
            var number = Number(3);
            client.Create<LoggedJob>(job => job.Run($"{Environment.ProcessId}-{Guid.NewGuid():N}", number), new EnqueuedState(args[2]));
        }

        Console.WriteLine("ready");
        break;

    // Holds a lock until it is killed, or its input ends.
    case "hold":
        using (var connection = storage.GetConnection())
        using (connection.AcquireDistributedLock(args[2], TimeSpan.FromSeconds(30)))
        {
            Console.WriteLine("ready");
            Console.ReadLine();
        }

        break;

    // Each commit writes the same number three times: a reader must never see two numbers.
    case "commit":
        using (var connection = storage.GetConnection())
        {
            Console.WriteLine("ready");
            for (var number = 0; ; number++)
            {
                using var transaction = connection.CreateWriteTransaction();
                var text = number.ToString(CultureInfo.InvariantCulture);
                transaction.SetRangeInHash("one", [new("number", text)]);
                transaction.InsertToList("list", text);
                transaction.SetRangeInHash("two", [new("number", text)]);
                transaction.Commit();
            }
        }

    default:
        return 2;
}

return 0;

int Number(int argument) => int.Parse(args[argument], CultureInfo.InvariantCulture);
