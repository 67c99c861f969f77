using FedHe.Hosting.Errors;
using FedHe.Hosting.PostgreSql.Options;
using FedHe.Hosting.PostgreSql.Reading;
using FedHe.Hosting.Stores;
using FedHe.Hosting.Tests.Support;
using FedHe.TestKit.Machines;
using Microsoft.Extensions.Options;

namespace FedHe.Hosting.Tests.Stores;

/// <summary>Looking at what a server keeps in a database while it works.</summary>
[Collection("PostgreSql")]
public sealed class PostgreSqlFilesTests
{
    [PostgreSqlFact]
    public void Files_AreThoseOfOneMoment_AndTheServerGoesOn()
    {
        using var stores = new TestStores(StoreKind.PostgreSql);
        using IServerStore store = stores.Open();
        byte[] first = [.. Enumerable.Range(0, 3_000_000).Select(i => (byte)i)];
        store.Replace("state", first);
        store.Replace("changes", "one"u8);
        store.Commit();
        using PostgreSqlFiles files = Open(stores);
        store.Replace("state", "another"u8);
        store.Append("changes", 3, " two"u8);
        store.Commit();

        files.TryRead("state").Should().Equal(first);
        files.TryRead("changes").Should().Equal("one"u8.ToArray());
        (files.LengthOf("changes"), files.LengthOf("nothing")).Should().Be((3, 0));
        files.TryRead("nothing").Should().BeNull();
        using PostgreSqlFiles later = Open(stores);
        later.TryRead("changes").Should().Equal("one two"u8.ToArray());
        store.Replace("state", "third"u8);
        store.Commit();
    }

    [PostgreSqlFact]
    public void Files_OfASchemaWithoutTables_AreNone_AndNoneAreMade()
    {
        using var stores = new TestStores(StoreKind.PostgreSql);
        using (PostgreSqlFiles files = Open(stores))
        {
            files.TryRead("state").Should().BeNull();
            files.LengthOf("state").Should().Be(0);
        }

        stores.Execute($"select to_regnamespace('{stores.Options.Schema}') is null").Should().Be(true);
    }

    /// <summary>Tables that an account may not see must not look like a server that has saved nothing.</summary>
    [PostgreSqlFact]
    public void Reader_WithoutRights_IsRefused_AndOneWithSelectIsNot()
    {
        using var stores = new TestStores(StoreKind.PostgreSql);
        using IServerStore store = stores.Open();
        store.Replace("state", "one"u8);
        store.Commit();
        string role = $"r{Guid.NewGuid():N}", schema = stores.Options.Schema;
        stores.Execute($"create role {role} login");
        var options = new FedHePostgreSqlOptions { ConnectionString = stores.Options.ConnectionString!.Replace("Username=postgres", $"Username={role}", StringComparison.Ordinal), Schema = schema };
        Func<byte[]?> read = () =>
        {
            using var files = PostgreSqlFiles.Open(options, "small", stores.JobId);
            return files.TryRead("state");
        };

        read.Should().Throw<HostingException>().Which.Error.Should().Be(HostingError.StoreRefused);
        stores.Execute($"grant usage on schema {schema} to {role}");
        read.Should().Throw<HostingException>().Which.Error.Should().Be(HostingError.StoreRefused);
        stores.Execute($"grant select on all tables in schema {schema} to {role}");
        read().Should().Equal("one"u8.ToArray());
        stores.Execute($"drop owned by {role}; drop role {role}");
    }

    [PostgreSqlFact]
    public void Database_ThatIsNotThere_IsSaid()
    {
        var options = new FedHePostgreSqlOptions { ConnectionString = $"{PostgreSqlCluster.Shared.ConnectionString};Database=nowhere" };

        FluentActions.Invoking(() => PostgreSqlFiles.Open(options, "small", Guid.NewGuid())).Should().Throw<HostingException>().Which.Error.Should().Be(HostingError.StoreUnavailable);
    }

    [Fact]
    public void Options_ThatAreNotSafe_AreRefused()
        => FluentActions.Invoking(() => PostgreSqlFiles.Open(new FedHePostgreSqlOptions { ConnectionString = "Host=db.example;Database=fedhe;Password=geheim" }, "small", Guid.NewGuid()))
            .Should().Throw<OptionsValidationException>().Which.Message.Should().Contain("VerifyFull").And.NotContain("geheim");

    private static PostgreSqlFiles Open(TestStores stores) => PostgreSqlFiles.Open(stores.Options, "small", stores.JobId);
}
