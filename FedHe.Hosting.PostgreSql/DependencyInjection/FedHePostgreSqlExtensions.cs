using FedHe.Hosting.PostgreSql.Options;
using FedHe.Hosting.PostgreSql.Stores;
using FedHe.Hosting.PostgreSql.Validation;
using FedHe.Hosting.Stores;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

#pragma warning disable IDE0130 // Extension methods of the container are where every host looks for them.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Extension methods that keep the servers of a host in PostgreSQL.</summary>
public static class FedHePostgreSqlExtensions
{
    /// <summary>Keeps the servers of all jobs of a host in a database, in the place of their folders.</summary>
    /// <param name="services">The services of the host, to which <c>AddFedHeServer</c> adds the servers.</param>
    /// <param name="connectionString">The connection string of Npgsql, such as the one that <c>GetConnectionString("FedHe")</c> of the configuration returns.</param>
    /// <remarks>Nothing of the connection string is in any error or log but host, port and database.</remarks>
    public static IServiceCollection AddFedHePostgreSql(this IServiceCollection services, string? connectionString)
    {
        ArgumentNullException.ThrowIfNull(services);
        return Add(services, options => options.ConnectionString = connectionString);
    }

    /// <summary>Keeps the servers of all jobs of a host in a database, in the place of their folders.</summary>
    /// <param name="services">The services of the host, to which <c>AddFedHeServer</c> adds the servers.</param>
    /// <param name="section">The section of the configuration with the values of <see cref="FedHePostgreSqlOptions"/>.</param>
    /// <remarks>Nothing of the connection string is in any error or log but host, port and database.</remarks>
    public static IServiceCollection AddFedHePostgreSql(this IServiceCollection services, IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        return Add(services, options => section.Bind(options, binder => binder.ErrorOnUnknownConfiguration = true));
    }

    private static IServiceCollection Add(IServiceCollection services, Action<FedHePostgreSqlOptions> configure)
    {
        services.AddOptions<FedHePostgreSqlOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<FedHePostgreSqlOptions>, PostgreSqlOptionsValidator>());
        services.TryAddSingleton<IServerStores, PostgreSqlStores>();
        return services;
    }
}
