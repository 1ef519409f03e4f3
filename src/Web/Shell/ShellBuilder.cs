using VzDump.Jobs;

namespace VzDump.Web.Shell;

internal static class ShellBuilder
{
    extension(WebApplicationBuilder builder)
    {
        /// <summary>Opens the data folder and puts its full path back into the configuration, for the projects that read it there.</summary>
        public DataFolder UseDataFolder()
        {
            var data = DataFolder.Open(builder.Configuration[DataFolder.ConfigurationKey], builder.Environment.ContentRootPath);
            builder.Configuration[DataFolder.ConfigurationKey] = data.Path;
            builder.Services.AddSingleton(data);
            return data;
        }

        /// <summary>Where the database is: a file in the data folder, or PostgreSQL where the configuration names one.</summary>
        public JobsOptions JobsOptions(DataFolder data) => new() { DataFolder = data.Path, PostgreSql = builder.Configuration["Database:PostgreSql"] };
    }
}
