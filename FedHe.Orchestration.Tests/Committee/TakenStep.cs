using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>A taken step is what a party did with one message, or the server with the passing of time.</summary>
/// <param name="Party">The client, or -1 for the server.</param>
/// <param name="Cause">The message, or null for the passing of time.</param>
/// <param name="ChangesState">Whether the step changed the party's state.</param>
/// <param name="ChangesLedger">Whether the step changed a member's ledger.</param>
/// <param name="Messages">The number of messages of the step.</param>
internal readonly record struct TakenStep(int Party, MessageKind? Cause, bool ChangesState, bool ChangesLedger, int Messages);
