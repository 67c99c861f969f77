using System.Data.Common;

namespace FedHe.Tool.Output;

/// <summary>Looks at connection strings, which may be seen by others where they are arguments or lie in files that travel.</summary>
internal static class ConnectionText
{
    /// <summary>Tells whether a text is a connection string that has a password in it. Names of files with passwords are none.</summary>
    public static bool HasPassword(string text)
    {
        try
        {
            return new DbConnectionStringBuilder { ConnectionString = text }.Keys.Cast<string>()
                .Select(key => key.Replace(" ", string.Empty, StringComparison.Ordinal).ToUpperInvariant())
                .Any(key => key is "PASSWORD" or "PSW" or "PWD" or "SSLPASSWORD");
        }
        catch (ArgumentException)
        {
            // It cannot be read, and whatever it is, it is not repeated.
            return true;
        }
    }
}
