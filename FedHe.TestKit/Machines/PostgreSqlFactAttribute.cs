namespace FedHe.TestKit.Machines;

/// <summary>A test that needs PostgreSQL; where there is none it is skipped, and counted.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgreSqlFactAttribute : FactAttribute
{
    /// <summary>Decides when tests are discovered.</summary>
    public PostgreSqlFactAttribute() => Skip = PostgreSqlCluster.WhyNot;
}
