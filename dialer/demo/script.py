"""The words of the demo campaign's script."""

from typing import Final

from campaigns.planning.plan import Script

SCRIPT: Final[Script] = {
    "steps": [
        {
            "title": "Greeting",
            "lines": [
                {"kind": "say", "text": "Good morning, am I speaking with {first_name} {last_name}?"},
                {
                    "kind": "say",
                    "text": "My name is {agent_first_name}. I am calling for {firm} about your winter tariff.",
                },
                {
                    "kind": "aside",
                    "text": "If someone else answers, do not say what it is about. Ask when to call back.",
                },
            ],
        },
        {
            "title": "Verify",
            "lines": [
                {
                    "kind": "say",
                    "text": "Thank you. Before I talk about your contract I have to be sure that I am speaking with you.",
                },
                {"kind": "say", "text": "Could you tell me your post code, or your account number?"},
                {
                    "kind": "aside",
                    "text": "Never read an answer out, and never help. If nothing matches, go to Close.",
                },
            ],
        },
        {
            "title": "Offer",
            "lines": [
                {
                    "kind": "say",
                    "text": "You are on {tariff} until {contract_ends}. From January there is a cheaper fixed price.",
                },
                {"kind": "say", "text": "Shall I send you the offer in writing?"},
                {"kind": "aside", "text": "No pressure. The offer is good for four weeks."},
            ],
        },
        {
            "title": "Close",
            "lines": [
                {"kind": "say", "text": "Thank you for your time. Have a good day."},
                {"kind": "aside", "text": "Choose the outcome now; it can be saved when the call is over."},
            ],
        },
    ],
    "says": [
        {
            "question": "Where did you get my number?",
            "answer": "From {firm}, your supplier. We never see the number itself. You may ask them what they hold.",
        },
        {
            "question": "Do not call me again.",
            "answer": "I note that now, and nobody calls you again for {firm}. Choose: Do not call again.",
        },
        {
            "question": "Is this recorded? I do not want that.",
            "answer": "This call is not recorded.",
        },
    ],
}
