using System.CommandLine;
using FedHe.Tool.Output;

namespace FedHe.Tool.Kits;

/// <summary>The option that names the database of a server, without a password, which every account of the machine could see.</summary>
internal static class DatabaseOption
{
    /// <summary>The name of the option.</summary>
    public const string Name = "--postgresql";

    public static Option<string?> Create()
    {
        var option = new Option<string?>(Name)
        {
            Description = $"Database that the server is kept in, as a connection string of Npgsql without a password, such as 'Host=/run/postgresql;Database=fedhe'. Default: {KitDatabase.Section} in the kit's settings or the environment; else the folder of the kit.",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string text }, ..] && ConnectionText.HasPassword(text))
            {
                result.AddError(
                    $"{Name} cannot be read, or has a password, which other accounts of this machine see in the arguments of a process. Name a file with Passfile, or write the connection string into the variable {KitDatabase.Section}__ConnectionString or into the kit's settings.");
            }
        });
        return option;
    }
}
