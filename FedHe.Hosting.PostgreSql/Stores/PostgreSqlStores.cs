using FedHe.Hosting.PostgreSql.Options;
using FedHe.Hosting.PostgreSql.Sessions;
using FedHe.Hosting.Stores;
using Microsoft.Extensions.Options;

namespace FedHe.Hosting.PostgreSql.Stores;

/// <summary>The stores of all jobs of a host, in one database.</summary>
internal sealed class PostgreSqlStores(IOptions<FedHePostgreSqlOptions> options) : IServerStores
{
    public IServerStore Open(string name, Guid jobId) => PostgreSqlStore.Open(new StorePlace(options.Value, name, jobId));
}
