using FedHe.Orchestration.Tests.Host.Federations;

namespace FedHe.Orchestration.Tests.Host.Frames;

/// <summary>A party order says which party a host becomes, and where its files lie.</summary>
/// <param name="Party">The name of the party, from <see cref="PartyNames"/>.</param>
/// <param name="Folder">The folder of its files, which may be empty.</param>
/// <param name="Mode">The mode of the job.</param>
/// <param name="HasSumsInFiles">Whether a server keeps its sums in files.</param>
public sealed record PartyOrder(string Party, string Folder, JobMode Mode, bool HasSumsInFiles = false);
