using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace VzDump.Web.SignIn;

/// <summary>Whoever writes people or tokens, by whatever way: the book of rights hears of it.</summary>
internal sealed class RightsChanges(RightsBook book) : SaveChangesInterceptor
{
    public override int SavedChanges(SaveChangesCompletedEventData eventData, int result)
    {
        book.Forget();
        return result;
    }

    public override ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        book.Forget();
        return ValueTask.FromResult(result);
    }
}

/// <summary>What is saved in a transaction is seen by others only when it is committed.</summary>
internal sealed class RightsCommits(RightsBook book) : DbTransactionInterceptor
{
    public override void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) => book.Forget();

    public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        book.Forget();
        return Task.CompletedTask;
    }
}
