using System.Reflection;
using FedHe.TestKit.Machines;
using Xunit.Sdk;

namespace FedHe.Hosting.Tests.Support;

/// <summary>The data of a test that one kind of store takes part in; a kind that this machine lacks is skipped, and counted.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class StoreDataAttribute : DataAttribute
{
    private readonly StoreKind _kind;
    private readonly object[] _more;

    public StoreDataAttribute(StoreKind kind, params object[] more)
    {
        (_kind, _more) = (kind, more);
        Skip = kind == StoreKind.PostgreSql ? PostgreSqlCluster.WhyNot : null;
    }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[_kind, .. _more]];
}
