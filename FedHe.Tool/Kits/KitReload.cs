using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;

namespace FedHe.Tool.Kits;

/// <summary>A kit reload reads the settings of a server again when their file changes, so that pins of clients that join later need no restart.</summary>
/// <remarks>
/// The file is looked at every few seconds. A watch of the operating system would also see every message in the mailboxes below the kit, and there are few of them on a machine.
/// </remarks>
internal static class KitReload
{
    /// <summary>Watches the settings of a server.</summary>
    public static void Watch(Kit kit, WebApplicationBuilder builder)
    {
        var settings = new JsonConfigurationSource
        {
            Path = KitFiles.Settings,
            FileProvider = new PhysicalFileProvider(kit.Location) { UsePollingFileWatcher = true, UseActivePolling = true },
            ReloadOnChange = true,

            // A file that is torn reads as an empty one, whose pins the server refuses with a line in its log. At the start the kit was opened, and the file is whole.
            OnLoadException = context => context.Ignore = true,
        };
        IList<IConfigurationSource> sources = builder.Configuration.Sources;
        sources[sources.IndexOf(sources.OfType<JsonConfigurationSource>().First(source => source.Path == KitFiles.Settings))] = settings;

        // Addresses and certificates change with the next start: an empty configuration must not close the server's port.
        builder.WebHost.ConfigureKestrel((context, kestrel) => kestrel.Configure(context.Configuration.GetSection("Kestrel"), reloadOnChange: false));
    }
}
