using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace VzDump.Jobs.Store;

/// <summary>What the product remembers: saved jobs, runs, who did what, settings, how full storages were. One context a database system, because each has its own migrations.</summary>
internal abstract class JobsDbContext(DbContextOptions options) : DbContext(options)
{
    /// <summary>Its own, because other contexts keep their tables in the same database. Named when runs were all there was.</summary>
    public const string MigrationsTable = "__RunsMigrations";

    public DbSet<RunRow> Runs => Set<RunRow>();

    public DbSet<RunTaskRow> Tasks => Set<RunTaskRow>();

    public DbSet<SavedJobRow> Jobs => Set<SavedJobRow>();

    public DbSet<AuditRow> Audit => Set<AuditRow>();

    public DbSet<SettingRow> Settings => Set<SettingRow>();

    public DbSet<StorageSampleRow> StorageSamples => Set<StorageSampleRow>();

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
            run.HasIndex(row => row.RetryOf);

            // A due time of a job is answered once, whoever is called how often.
            run.HasIndex(row => new { row.JobId, row.Due }).IsUnique();
            run.HasMany(row => row.Tasks).WithOne().HasForeignKey(task => task.RunId);
        });
        modelBuilder.Entity<RunTaskRow>(task =>
        {
            task.ToTable("RunTasks");
            task.HasKey(row => new { row.RunId, row.Position });
            task.HasIndex(row => row.Guest);
        });
        modelBuilder.Entity<SavedJobRow>(job =>
        {
            job.ToTable("Jobs");
            job.HasKey(row => row.Id);
        });
        modelBuilder.Entity<AuditRow>(audit =>
        {
            audit.ToTable("Audit");
            audit.HasKey(row => row.Id);
            audit.HasIndex(row => row.At);
        });
        modelBuilder.Entity<SettingRow>(setting =>
        {
            setting.ToTable("Settings");
            setting.HasKey(row => row.Key);
        });
        modelBuilder.Entity<StorageSampleRow>(sample =>
        {
            sample.ToTable("StorageSamples");
            sample.HasKey(row => new { row.Storage, row.At });
            sample.HasIndex(row => row.At);
        });
    }

    private sealed class UtcTicks() : ValueConverter<DateTimeOffset, long>(
        time => time.UtcTicks,
        ticks => new DateTimeOffset(ticks, TimeSpan.Zero));
}

internal sealed class SqliteJobsDbContext(DbContextOptions<SqliteJobsDbContext> options) : JobsDbContext(options);

internal sealed class PostgresJobsDbContext(DbContextOptions<PostgresJobsDbContext> options) : JobsDbContext(options);

/// <summary>Contexts of the configured database.</summary>
internal sealed class JobsDatabase(JobsOptions options)
{
    private readonly DbContextOptions _context = options.PostgreSql is null ? Options<SqliteJobsDbContext>(options) : Options<PostgresJobsDbContext>(options);

    public JobsDbContext Open() => _context switch
    {
        DbContextOptions<PostgresJobsDbContext> postgres => new PostgresJobsDbContext(postgres),
        DbContextOptions<SqliteJobsDbContext> sqlite => new SqliteJobsDbContext(sqlite),
        _ => throw new InvalidOperationException(),
    };

    private static DbContextOptions<TContext> Options<TContext>(JobsOptions options)
        where TContext : DbContext
    {
        var context = new DbContextOptionsBuilder<TContext>();
        ProductDatabase.Configure(context, options, JobsDbContext.MigrationsTable);
        return context.Options;
    }
}

/// <summary>For the tool that writes migrations: <c>./dev migration NAME</c>.</summary>
internal sealed class SqliteJobsDesign : IDesignTimeDbContextFactory<SqliteJobsDbContext>
{
    public SqliteJobsDbContext CreateDbContext(string[] args) => (SqliteJobsDbContext)new JobsDatabase(new JobsOptions { DataFolder = "/" }).Open();
}

/// <summary>The same for PostgreSQL; nothing is connected to.</summary>
internal sealed class PostgresJobsDesign : IDesignTimeDbContextFactory<PostgresJobsDbContext>
{
    public PostgresJobsDbContext CreateDbContext(string[] args) =>
        (PostgresJobsDbContext)new JobsDatabase(new JobsOptions { DataFolder = "/", PostgreSql = "Host=nowhere" }).Open();
}
