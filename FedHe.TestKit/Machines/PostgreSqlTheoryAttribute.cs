namespace FedHe.TestKit.Machines;

/// <summary>A test with data that needs PostgreSQL; where there is none it is skipped, and counted.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgreSqlTheoryAttribute : TheoryAttribute
{
    /// <summary>Decides when tests are discovered.</summary>
    public PostgreSqlTheoryAttribute() => Skip = PostgreSqlCluster.WhyNot;
}
