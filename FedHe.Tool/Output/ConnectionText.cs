using Npgsql;

namespace FedHe.Tool.Output;

/// <summary>Looks at connection strings, which may be seen by others where they are arguments or lie in files that travel.</summary>
internal static class ConnectionText
{
    /// <summary>Tells whether a text is a connection string that has a password in it. Names of files with passwords are none.</summary>
    public static bool HasPassword(string text)
    {
        try
        {
            var connection = new NpgsqlConnectionStringBuilder(text);
            return connection.Password is not null || connection.SslPassword is not null;
        }
        catch (Exception)
        {
            // It cannot be read, and whatever it is, it is not repeated.
            return true;
        }
    }
}
