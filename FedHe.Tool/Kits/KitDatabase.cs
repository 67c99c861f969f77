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
        IConfigurationRoot all = new ConfigurationBuilder().AddConfiguration(settings).AddEnvironmentVariables().Build();
        if (!IsNamed(all))
        {
            return null;
        }

        IConfigurationSection section = all.GetSection(Section);
        if (!section.GetChildren().Any(child => child.Exists()))
        {
            throw ToolException.Refused(
                $"The section {Section} of {KitFiles.Settings} is empty. Describe the database, or remove the section where the server is kept in the folder of its kit.");
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

    /// <summary>Refuses a database that the settings of the server's host name and its kit does not: the server would be kept in the folder all the same.</summary>
    public static void RefuseUnread(Kit kit, IConfiguration host)
    {
        if (kit.Database is null && IsNamed(host))
        {
            throw ToolException.Refused(
                $"A database is named ({Section}) where fedhe does not look for one, such as another appsettings file or a variable of the environment that begins with ASPNETCORE_ or DOTNET_. Write it into {KitFiles.Settings} of {kit.Location}, into variables that begin with {Section}__, or into {DatabaseOption.Name}.");
        }
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

    // An empty section does not exist for .NET, and yet somebody meant a database by it.
    private static bool IsNamed(IConfiguration settings) => settings.GetChildren().Any(child => child.Key.Equals(Section, StringComparison.OrdinalIgnoreCase));
}
