using System.Net;
using FedHe.Hosting.PostgreSql.Options;
using FedHe.Hosting.PostgreSql.Sessions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FedHe.Hosting.PostgreSql.Validation;

/// <summary>A validator that refuses options of a database that could not work, and says what to write. It repeats nothing of a connection string, which may hold a password anywhere.</summary>
internal sealed class PostgreSqlOptionsValidator : IValidateOptions<FedHePostgreSqlOptions>
{
    private const int LongestName = 63;

    public ValidateOptionsResult Validate(string? name, FedHePostgreSqlOptions options)
    {
        string? fault = string.IsNullOrWhiteSpace(options.ConnectionString) ? "ConnectionString is missing. Write the connection string of the database."
            : !HasPlace(options.ConnectionString) ? "ConnectionString cannot be read, or lacks Host or Database. Write it as Npgsql documents it."
            : !options.InsecureConnection && !IsVerified(options.ConnectionString) ? "The database is on another machine, and SSL Mode is not VerifyFull. Write SSL Mode=VerifyFull, and Root Certificate where the system does not know it."
            : !IsName(options.Schema) ? "Schema must have 1 to 63 lower-case letters, digits and underscores, the first no digit."
            : !IsPossible(options) ? "ConnectionString has settings that do not go together. Leave out what is not needed."
            : null;
        return fault is null ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail($"FedHe, PostgreSQL: {fault}");
    }

    private static bool HasPlace(string connectionString)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(connectionString);
            return !string.IsNullOrWhiteSpace(builder.Host) && !string.IsNullOrWhiteSpace(builder.Database);
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or KeyNotFoundException or InvalidCastException or OverflowException)
        {
            return false;
        }
    }

    private static bool IsVerified(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        return builder.SslMode == SslMode.VerifyFull || builder.Host!.Split(',').All(host => IsThisMachine(host.Trim()));
    }

    // A path, or an abstract name, is a socket of this machine.
    private static bool IsThisMachine(string host)
        => host.StartsWith('/') || host.StartsWith('@') || Path.IsPathRooted(host)
            || (Uri.TryCreate($"tcp://{host}", UriKind.Absolute, out Uri? address)
                && (address.Host == "localhost" || (IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip))));

    /// <summary>Tells whether Npgsql takes the settings together.</summary>
    private static bool IsPossible(FedHePostgreSqlOptions options)
    {
        try
        {
            var place = new StorePlace(options, name: string.Empty, Guid.Empty);
            using NpgsqlDataSource writer = place.CreateWriter();
            using NpgsqlDataSource readers = place.CreateReaders();
            return true;
        }
        catch (Exception fault) when (fault is ArgumentException or InvalidOperationException or NotSupportedException or IOException)
        {
            return false;
        }
    }

    private static bool IsName(string? schema)
        => schema is { Length: > 0 and <= LongestName } && !char.IsAsciiDigit(schema[0]) && schema.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '_');
}
