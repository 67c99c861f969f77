using FedHe.Tool.Output;

namespace FedHe.Tool.Folders;

/// <summary>A new folder appears under its name when everything is in it, and never in the place of another one.</summary>
internal static class NewFolder
{
    /// <summary>Makes a folder that only its owner can look into.</summary>
    /// <param name="folder">The path of the folder.</param>
    /// <param name="fill">Fills the unfinished folder, whose path it gets.</param>
    public static T Make<T>(string folder, Func<string, T> fill)
    {
        string location = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        RefuseIfThere(location);
        string unfinished = $"{location}.{Guid.NewGuid():N}.new";
        try
        {
            PartyFolder.CreatePrivate(unfinished);
            T made = fill(unfinished);
            Directory.Move(unfinished, location);
            return made;
        }
        catch
        {
            if (Directory.Exists(unfinished))
            {
                Directory.Delete(unfinished, recursive: true);
            }

            throw;
        }
    }

    /// <summary>Refuses a path where something is.</summary>
    public static void RefuseIfThere(string location)
    {
        if (Directory.Exists(location) || File.Exists(location))
        {
            throw ToolException.Refused($"{location} is there already, and may have the keys of a job. Name another folder, or delete it yourself.");
        }
    }
}
