using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MudBlazor;
using MudBlazor.Services;

namespace VzDump.Web.Shell;

internal static class ShellServices
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddShell(DataFolder data)
        {
            services.TryAddSingleton(TimeProvider.System);
            services.AddRazorComponents().AddInteractiveServerComponents();
            services.AddCascadingAuthenticationState();
            services.AddMudServices(mud =>
            {
                mud.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomCenter;
                mud.SnackbarConfiguration.PreventDuplicates = true;
            });
            services.AddSignalR();
            services.AddAntiforgery(antiforgery => antiforgery.Cookie.SameSite = SameSiteMode.Strict);
            services.AddDataProtection().SetApplicationName("VzDump.Web").PersistKeysToFileSystem(Directory.CreateDirectory(data.Keys));
            return services;
        }
    }
}
