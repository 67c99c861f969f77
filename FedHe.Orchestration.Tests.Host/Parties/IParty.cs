using FedHe.Orchestration.Tests.Host.Frames;

namespace FedHe.Orchestration.Tests.Host.Parties;

/// <summary>A party takes frames one after another, and returns what the host must save and then send.</summary>
internal interface IParty : IDisposable
{
    /// <summary>Goes on from the party's files, or begins without any.</summary>
    PartyStep Begin();

    /// <summary>Handles a frame.</summary>
    Task<PartyStep> HandleAsync(Frame frame);
}
