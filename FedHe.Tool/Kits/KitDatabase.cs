using FedHe.Hosting.PostgreSql.Options;
using FedHe.Tool.Output;
using Microsoft.Extensions.Configuration;

namespace FedHe.Tool.Kits;

/// <summary>A kit database is the database in which the server of a kit is kept: from a section of the kit's settings, or from the environment in the same words.</summary>
internal static class KitDatabase
{
    /// <summary>The section of the settings, with the values of <see cref="FedHePostgreSqlOptions"/>.</summary>
    public const string Section = "PostgreSql";

    /// <summary>Reads the options of the database, or returns null where no setting is about one.</summary>
    public static FedHePostgreSqlOptions? Read(IConfiguration settings)
    {
        IConfigurationSection section = new ConfigurationBuilder().AddConfiguration(settings).AddEnvironmentVariables().Build().GetSection(Section);
        if (!section.Exists())
        {
            return null;
        }

        var options = new FedHePostgreSqlOptions();
        try
        {
            section.Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException fault)
        {
            // The message may repeat a value, and a connection string may hold a password.
            throw ToolException.Refused(
                $"The section {Section} of {KitFiles.Settings}, or variables of the environment that begin with {Section}__, have what no database is described by. Write {nameof(FedHePostgreSqlOptions.ConnectionString)}, {nameof(FedHePostgreSqlOptions.Schema)} or {nameof(FedHePostgreSqlOptions.InsecureConnection)}.", fault);
        }

        return options;
    }

    /// <summary>Returns the options with another connection string.</summary>
    public static FedHePostgreSqlOptions At(string connection, FedHePostgreSqlOptions? other) => new()
    {
        ConnectionString = connection,
        Schema = other?.Schema ?? new FedHePostgreSqlOptions().Schema,
        InsecureConnection = other?.InsecureConnection ?? false,
    };

    /// <summary>Returns the options as the section that a host takes.</summary>
    public static IConfigurationSection SectionOf(FedHePostgreSqlOptions options) => new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
    {
        [$"{Section}:{nameof(options.ConnectionString)}"] = options.ConnectionString,
        [$"{Section}:{nameof(options.Schema)}"] = options.Schema,
        [$"{Section}:{nameof(options.InsecureConnection)}"] = options.InsecureConnection.ToString(),
    }).Build().GetSection(Section);
}
