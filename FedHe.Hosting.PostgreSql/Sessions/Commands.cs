using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace FedHe.Hosting.PostgreSql.Sessions;

/// <summary>Statements with their parameters, which are numbered from $1.</summary>
internal static class Commands
{
    /// <summary>Runs a statement, and returns how many rows it changed.</summary>
    public static int Execute(this NpgsqlConnection connection, string statement, params ReadOnlySpan<object> parameters)
    {
        using NpgsqlCommand command = connection.Describe(statement, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>Runs several statements without parameters.</summary>
    public static void ExecuteScript(this NpgsqlConnection connection, string statements) => connection.Execute(statements);

    /// <summary>Reads the first row, or returns the default where there is none.</summary>
    public static T? Read<T>(this NpgsqlConnection connection, string statement, Func<NpgsqlDataReader, T> read, params ReadOnlySpan<object> parameters)
    {
        using NpgsqlCommand command = connection.Describe(statement, parameters);
        using NpgsqlDataReader reader = command.ExecuteReader();
        return reader.Read() ? read(reader) : default;
    }

    /// <summary>Hands over all rows.</summary>
    public static void ReadAll(this NpgsqlConnection connection, string statement, Action<NpgsqlDataReader> read, params ReadOnlySpan<object> parameters)
    {
        using NpgsqlCommand command = connection.Describe(statement, parameters);
        using NpgsqlDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            read(reader);
        }
    }

    /// <summary>Makes a command.</summary>
    [SuppressMessage("Security", "CA2100:Review SQL queries for security vulnerabilities", Justification = "Statements are constants of this assembly; one has the name of the schema, which is validated.")]
    public static NpgsqlCommand Describe(this NpgsqlConnection connection, string statement, params ReadOnlySpan<object> parameters)
    {
        var command = new NpgsqlCommand(statement, connection);
        foreach (object parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }

        return command;
    }
}
