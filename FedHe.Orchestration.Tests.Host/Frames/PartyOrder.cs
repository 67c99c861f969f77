using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Host.Federations;

namespace FedHe.Orchestration.Tests.Host.Frames;

/// <summary>A party order says which party a host becomes, and where its files lie.</summary>
/// <param name="Party">The name of the party, from <see cref="PartyNames"/>.</param>
/// <param name="Folder">The folder of its files, which may be empty.</param>
/// <param name="Protection">What the models of the job are encrypted under.</param>
public sealed record PartyOrder(string Party, string Folder, JobProtection Protection);
