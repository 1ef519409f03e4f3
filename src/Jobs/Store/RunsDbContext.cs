using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace VzDump.Jobs.Store;

/// <summary>The tables of runs in the product's database file.</summary>
internal sealed class RunsDbContext(DbContextOptions<RunsDbContext> options) : DbContext(options)
{
    /// <summary>Its own, because other contexts keep their tables in the same file.</summary>
    public const string MigrationsTable = "__RunsMigrations";

    public DbSet<RunRow> Runs => Set<RunRow>();

    public DbSet<RunTaskRow> Tasks => Set<RunTaskRow>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        // SQLite cannot order by a DateTimeOffset; a number it can.
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();
        configurationBuilder.Properties<Enum>().HaveConversion<string>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<RunRow>(run =>
        {
            run.ToTable("Runs");
            run.HasKey(row => row.Id);
            run.HasIndex(row => row.CreatedAt);
            run.HasIndex(row => row.State);
            run.HasMany(row => row.Tasks).WithOne().HasForeignKey(task => task.RunId);
        });
        modelBuilder.Entity<RunTaskRow>(task =>
        {
            task.ToTable("RunTasks");
            task.HasKey(row => new { row.RunId, row.Position });
        });
    }

    private sealed class UtcTicks() : ValueConverter<DateTimeOffset, long>(
        time => time.UtcTicks,
        ticks => new DateTimeOffset(ticks, TimeSpan.Zero));
}
